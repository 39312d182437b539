# Turn text files into one C table, in the order given.
# cmake -DOUTPUT=table.c -DHEADER=table.h "-DINPUTS=a.sql;b.sql" -DFIELDS=stem,text,size
#	"-DARRAY=const struct entry table" "-DCOUNT=const size_t table_count" -P EmbedTexts.cmake
#
#   HEADER   declares both
#   FIELDS   of an element: stem (the file's name without its ending), file (its name), text, size;
#            "text" alone makes plain strings
#   MOST     the header's name for the greatest count, where there is one
#   DIGEST   a char array that gets hexadecimal digits which change with any of the files
cmake_policy(VERSION 3.25) # quoted arguments of if() are texts
set(text "/* Made by cmake/EmbedTexts.cmake. */\n#include \"${HEADER}\"\n\n")
# C17 promises only 4,095 bytes of a literal; every compiler we support takes more.
string(APPEND text "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\n")
set(rows "")
set(digests "")
string(REPLACE "," ";" FIELDS "${FIELDS}")
list(LENGTH INPUTS count)
foreach(input IN LISTS INPUTS)
	get_filename_component(file "${input}" NAME)
	get_filename_component(stem "${input}" NAME_WE)
	string(MAKE_C_IDENTIFIER "text_${file}" variable)
	file(SHA256 "${input}" digest)
	string(APPEND digests "${digest}")
	file(READ "${input}" document)
	string(REPLACE "\\" "\\\\" document "${document}")
	string(REPLACE "\"" "\\\"" document "${document}")
	string(REPLACE "??" "?\\?" document "${document}") # no trigraphs
	string(REPLACE "\n" "\\n\"\n\t\"" document "${document}")
	if(FIELDS STREQUAL "text")
		string(APPEND rows "\t\"${document}\",\n")
		continue()
	endif()
	string(APPEND text "static const char ${variable}[] =\n\t\"${document}\";\n\n")
	set(row "")
	foreach(field IN LISTS FIELDS)
		if(field STREQUAL "stem" OR field STREQUAL "file")
			list(APPEND row "\"${${field}}\"")
		elseif(field STREQUAL "text")
			list(APPEND row "${variable}")
		elseif(field STREQUAL "size")
			list(APPEND row "sizeof(${variable}) - 1")
		else()
			message(FATAL_ERROR "a field has to be stem, file, text or size, not \"${field}\"")
		endif()
	endforeach()
	list(JOIN row ", " row)
	string(APPEND rows "\t{ ${row} },\n")
endforeach()
if(DEFINED MOST)
	string(APPEND text "_Static_assert(${count} <= ${MOST}, \"raise ${MOST}\");\n\n")
endif()
string(APPEND text "${ARRAY}[] = {\n${rows}};\n${COUNT} = ${count};\n")
if(DEFINED DIGEST)
	string(SHA256 digest "${digests}")
	string(SUBSTRING "${digest}" 0 16 digest)
	string(APPEND text "${DIGEST}[] = \"${digest}\";\n")
endif()
file(WRITE "${OUTPUT}" "${text}")
