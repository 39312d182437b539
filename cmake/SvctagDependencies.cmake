# Debian's -dev packages, found by pkg-config, each as an imported target
# PkgConfig::NAME. What is missing is named all at once.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

set(SVCTAG_MISSING "")
macro(svctag_require name module)
	pkg_check_modules(${name} QUIET IMPORTED_TARGET ${module})
	if(${name}_FOUND)
		message(STATUS "Found ${module}: ${${name}_VERSION}")
	else()
		list(APPEND SVCTAG_MISSING "${module}")
	endif()
endmacro()

svctag_require(SQLITE3 "sqlite3>=3.37")
svctag_require(CJSON "libcjson>=1.7.15")
svctag_require(ZLIB "zlib")
svctag_require(EXPAT "expat")
svctag_require(CURL "libcurl")
svctag_require(MICROHTTPD "libmicrohttpd>=0.9.73")
if(SVCTAG_MISSING)
	list(JOIN SVCTAG_MISSING ", " SVCTAG_MISSING)
	message(FATAL_ERROR "pkg-config does not find ${SVCTAG_MISSING}. "
		"On Debian scripts/bootstrap installs what is missing.")
endif()

# With these there is more: readiness and sockets from systemd, the unit tests.
pkg_check_modules(SYSTEMD QUIET IMPORTED_TARGET libsystemd)
pkg_check_modules(CMOCKA QUIET IMPORTED_TARGET cmocka)
if(NOT SYSTEMD_FOUND)
	message(STATUS "libsystemd not found: svctagd does without it")
endif()
