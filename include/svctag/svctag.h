/**
 * @file
 * All of libsvctag. Each header can also be used alone.
 */
#ifndef SVCTAG_SVCTAG_H
#define SVCTAG_SVCTAG_H

#include <svctag/address.h>
#include <svctag/api.h>
#include <svctag/catalogue.h>
#include <svctag/count.h>
#include <svctag/diff.h>
#include <svctag/drift.h>
#include <svctag/error.h>
#include <svctag/explain.h>
#include <svctag/history.h>
#include <svctag/hmac.h>
#include <svctag/index.h>
#include <svctag/lookup.h>
#include <svctag/migrate.h>
#include <svctag/region.h>
#include <svctag/release.h>
#include <svctag/set.h>
#include <svctag/snapshot.h>
#include <svctag/store.h>
#include <svctag/target.h>
#include <svctag/validator.h>

#endif
