# What `cmake --install` puts where: the programs, libsvctag with its headers,
# pkg-config file and CMake package, man pages, the sample, the documents.
# Everything installed finds its parts relative to itself, so that
# `cmake --install build --prefix DIR` works with any DIR.
include(CMakePackageConfigHelpers)

install(TARGETS svctag_cli svctagd RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS svctag_lib EXPORT svctag-targets
	LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/svctag
	DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")

set(SVCTAG_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/svctag)
install(EXPORT svctag-targets NAMESPACE svctag:: DESTINATION ${SVCTAG_PACKAGE_DIR})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/svctag-config.cmake.in
	${PROJECT_BINARY_DIR}/svctag-config.cmake INSTALL_DESTINATION ${SVCTAG_PACKAGE_DIR})
# Until 1.0 a minor version may break its users.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/svctag-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/svctag-config.cmake ${PROJECT_BINARY_DIR}/svctag-config-version.cmake
	DESTINATION ${SVCTAG_PACKAGE_DIR})

# From the folder of the pkg-config file back to the prefix.
file(RELATIVE_PATH SVCTAG_PC_PREFIX
	${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" SVCTAG_PC_PREFIX "${SVCTAG_PC_PREFIX}")
configure_file(${PROJECT_SOURCE_DIR}/cmake/libsvctag.pc.in ${PROJECT_BINARY_DIR}/libsvctag.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/libsvctag.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

foreach(section 1 5 7 8)
	install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section}
		OPTIONAL FILES_MATCHING PATTERN "*.${section}")
endforeach()
install(DIRECTORY ${PROJECT_SOURCE_DIR}/schema/sample ${PROJECT_SOURCE_DIR}/schema/lists
		${PROJECT_SOURCE_DIR}/schema/scenarios
	DESTINATION ${CMAKE_INSTALL_DATADIR}/svctag)
install(FILES ${PROJECT_SOURCE_DIR}/schema/scenario.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/svctag)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR}
	OPTIONAL FILES_MATCHING PATTERN "*.md" PATTERN man EXCLUDE)
install(FILES ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/NOTICE
	DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)

# Units for systemd. They name the programs by their full paths, which are only
# known when the prefix is: written while installing. systemd looks below /usr
# and /usr/local; a packager may name another folder, also an absolute one.
set(SVCTAG_SYSTEMD_DIR lib/systemd CACHE STRING "Folder of systemd's folder `system`")
set(SVCTAG_UNITS_DIR ${PROJECT_BINARY_DIR}/units)
foreach(unit svctagd.service svctag-nightly.service)
	install(CODE "
		set(SVCTAG_UNIT_BINDIR \"${CMAKE_INSTALL_BINDIR}\")
		cmake_path(ABSOLUTE_PATH SVCTAG_UNIT_BINDIR BASE_DIRECTORY \"\${CMAKE_INSTALL_PREFIX}\")
		configure_file(\"${PROJECT_SOURCE_DIR}/packaging/systemd/${unit}.in\" \"${SVCTAG_UNITS_DIR}/${unit}\" @ONLY)")
endforeach()
install(FILES
	${SVCTAG_UNITS_DIR}/svctagd.service
	${SVCTAG_UNITS_DIR}/svctag-nightly.service
	${PROJECT_SOURCE_DIR}/packaging/systemd/svctagd.socket
	${PROJECT_SOURCE_DIR}/packaging/systemd/svctag-nightly.timer
	DESTINATION ${SVCTAG_SYSTEMD_DIR}/system)
install(FILES ${PROJECT_SOURCE_DIR}/packaging/systemd/svctag.sysusers DESTINATION lib/sysusers.d RENAME svctag.conf)
install(FILES ${PROJECT_SOURCE_DIR}/packaging/systemd/svctag.tmpfiles DESTINATION lib/tmpfiles.d RENAME svctag.conf)
install(FILES ${PROJECT_SOURCE_DIR}/packaging/nginx/svctagd.conf DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(FILES ${PROJECT_SOURCE_DIR}/packaging/svctagd.conf DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples
	RENAME svctagd-settings.conf)
install(PROGRAMS ${PROJECT_SOURCE_DIR}/packaging/replica/svctag-replica DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(FILES ${PROJECT_SOURCE_DIR}/packaging/cron/svctag DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples
	RENAME svctag.cron)
