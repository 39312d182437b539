/**
 * @file
 * --check-config: would svctagd start with these settings, and answer?
 */
#ifndef CHECK_H
#define CHECK_H

#include "settings.h"

/** Look at what the settings name: the database, files. What is wrong is added to the mistakes. */
void check_files(const struct settings *settings, struct settings_mistakes *mistakes);

#endif
