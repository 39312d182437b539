# Turn the built-in scenarios into a C table, in order of their names.
# cmake -DOUTPUT=scenarios.c -DINPUTS=a.json;b.json -P EmbedScenarios.cmake
cmake_policy(VERSION 3.25)
set(text "/* Made from schema/scenarios by cmake/EmbedScenarios.cmake. */\n#include \"scenario.h\"\n\n")
# C17 promises only 4,095 bytes of a literal; every compiler we support takes more.
string(APPEND text "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\n")
set(table "")
list(SORT INPUTS)
foreach(input IN LISTS INPUTS)
	get_filename_component(name "${input}" NAME_WE)
	file(READ "${input}" document)
	string(REPLACE "-" "_" variable "${name}")
	string(REPLACE "\\" "\\\\" document "${document}")
	string(REPLACE "\"" "\\\"" document "${document}")
	string(REPLACE "\n" "\\n\"\n\t\"" document "${document}")
	string(APPEND text "static const char ${variable}[] =\n\t\"${document}\";\n\n")
	string(APPEND table "\t{ \"${name}\", ${variable}, sizeof(${variable}) - 1 },\n")
endforeach()
list(LENGTH INPUTS count)
string(APPEND text "_Static_assert(${count} <= SCENARIO_MAX_BUILTINS, \"raise SCENARIO_MAX_BUILTINS\");\n\n")
string(APPEND text "static const struct scenario_builtin builtins[] = {\n${table}};\n\n")
string(APPEND text "const struct scenario_builtin *\nscenario_builtin_at(size_t i)\n{\n"
	"\treturn i < ${count} ? &builtins[i] : NULL;\n}\n")
file(WRITE "${OUTPUT}" "${text}")
