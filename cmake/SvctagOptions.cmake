# Language and warnings for every target of this project. Warnings become
# errors only in the presets, so that a newer compiler never breaks a user's
# plain build.
set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
	set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "Release, RelWithDebInfo or Debug" FORCE)
endif()

option(SVCTAG_WERROR "Treat warnings as errors" OFF)
set(SVCTAG_SANITIZE "" CACHE STRING "Sanitizers, comma-separated: address,undefined or thread")
option(SVCTAG_FUZZ "Build the libFuzzer drivers (clang)" OFF)
if(SVCTAG_FUZZ AND NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
	message(FATAL_ERROR "SVCTAG_FUZZ needs clang: -DCMAKE_C_COMPILER=clang, or the preset fuzz")
endif()

add_library(svctag_options INTERFACE)
target_compile_definitions(svctag_options INTERFACE _GNU_SOURCE)
target_compile_options(svctag_options INTERFACE
	-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes
	-Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wcast-align -Wwrite-strings -Wundef
	-Wformat=2 -Wvla -Wnull-dereference -fno-common)
# gcc guesses this one well only with full optimization: it stays in the preset release.
target_compile_options(svctag_options INTERFACE
	$<$<AND:$<C_COMPILER_ID:GNU>,$<CONFIG:Debug>>:-Wno-maybe-uninitialized>)
if(SVCTAG_WERROR)
	target_compile_options(svctag_options INTERFACE -Werror)
endif()
if(SVCTAG_SANITIZE)
	target_compile_options(svctag_options INTERFACE
		-fsanitize=${SVCTAG_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
	target_link_options(svctag_options INTERFACE -fsanitize=${SVCTAG_SANITIZE})
else()
	# Fortified functions need optimization; some distributions define it themselves.
	target_compile_options(svctag_options INTERFACE
		-fstack-protector-strong $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE>
		$<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=2>)
	target_link_options(svctag_options INTERFACE -Wl,-z,relro,-z,now)
endif()
if(SVCTAG_FUZZ)
	target_compile_options(svctag_options INTERFACE -fsanitize=fuzzer-no-link)
	target_link_options(svctag_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
