# Turn the numbered SQL files into one C table, in order.
# cmake -DOUTPUT=migrations.c -DINPUTS=a.sql;b.sql -P EmbedMigrations.cmake
set(text "/* Made from schema/migrations by cmake/EmbedMigrations.cmake. */\n#include \"migrations.h\"\n\n")
# C17 promises only 4,095 bytes of a literal; every compiler we support takes more.
string(APPEND text "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\n")
string(APPEND text "const char *const svctag_migrations[] = {\n")
foreach(input IN LISTS INPUTS)
	file(READ "${input}" sql)
	string(REPLACE "\\" "\\\\" sql "${sql}")
	string(REPLACE "\"" "\\\"" sql "${sql}")
	string(REPLACE "\n" "\\n\"\n\t\"" sql "${sql}")
	string(APPEND text "\t\"${sql}\",\n")
endforeach()
list(LENGTH INPUTS count)
string(APPEND text "};\nconst int svctag_migration_count = ${count};\n")
file(WRITE "${OUTPUT}" "${text}")
