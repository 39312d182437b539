/*
 * svctag: which Azure service tags does this address belong to, was it so
 * last March, what changed this week. One file for each subcommand.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

static const struct cli_command *const commands[] = {
	&cli_import,  &cli_fetch,   &cli_nightly, &cli_releases, &cli_forget, &cli_publish,  &cli_status,
	&cli_verify,  &cli_tags,    &cli_show,    &cli_lookup,   &cli_check,  &cli_annotate, &cli_diff,
	&cli_compare, &cli_history, &cli_drift,   &cli_migrate,  &cli_lint,   &cli_plan,     &cli_export,
};

const struct cli_command *const *
cli_commands(size_t *count)
{
	*count = sizeof(commands) / sizeof(commands[0]);
	return commands;
}

const struct cli_command *
cli_command_find(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

static const char general_help[] = "Global options, before or after the command:\n"
				   "  --db FILE        the database; default $SVCTAG_DB, else\n"
				   "                   $XDG_DATA_HOME/svctag/svctag.db, else\n"
				   "                   ~/.local/share/svctag/svctag.db\n"
				   "  --cloud CLOUD    Public, AzureGovernment, China, …, or all; default: the only\n"
				   "                   one loaded, else Public\n"
				   "  --at REF         answer as of a release: latest, previous, a change number\n"
				   "                   (346), a day (2022-03-01), or id:HEX\n"
				   "  --format FORMAT  text, json, ndjson or csv\n"
				   "  --help           this; after a command, about that command\n"
				   "  --version        versions of the program, the schema and the index\n"
				   "  --               what follows is no option\n"
				   "\n"
				   "Exit codes: 0 found or done; 1 not found, not a member, or changes exist;\n"
				   "2 an error, told on stderr.\n"
				   "\n"
				   "Examples:\n"
				   "  svctag import ServiceTags_Public_20251110.json\n"
				   "  svctag lookup 13.82.88.226\n"
				   "  svctag check 13.82.88.226 Storage.EastUS && echo still ours\n"
				   "  svctag diff --tag 'Storage.*'\n";

static void
print_help(const struct cli *cli)
{
	if (cli->command != NULL) {
		printf("Usage: svctag [OPTION…] %s%s%s\n\n%s", cli->command->name,
		       *cli->command->synopsis == '\0' ? "" : " ", cli->command->synopsis, cli->command->help);
		return;
	}
	fputs("Usage: svctag [OPTION…] COMMAND [ARGUMENT…]\n\n"
	      "Azure service tags: import, history, lookup.\n\nCommands:\n",
	      stdout);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		printf("  %-9s %s\n", commands[i]->name, commands[i]->summary);
	printf("  %-9s %s\n\n%s", "help", "learn about a command: help COMMAND", general_help);
}

/*
 * A caller may have closed stdin, stdout or stderr; a file opened later must
 * not take their place and be written to.
 */
static bool
secure_standard_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY) != fd)
			return false;
	}
	return true;
}

int
main(int argc, char **argv)
{
	enum cli_exit code = CLI_ERROR;
	struct cli cli;

	if (!secure_standard_streams())
		return CLI_ERROR;
	/* A closed pipe shows as EPIPE, so that an import is not killed half-way. */
	signal(SIGPIPE, SIG_IGN);
	cli_use_large_pages();
	if (cli_parse(argc, argv, &cli)) {
		if (cli.values[OPTION_VERSION] != NULL) {
			printf("svctag %s, schema %d, index format %d\n", SVCTAG_VERSION, SVCTAG_SCHEMA_VERSION,
			       SVCTAG_INDEX_FORMAT);
			code = cli_written(fflush(stdout) == 0 ? SVCTAG_OK : SVCTAG_E_IO, CLI_YES);
		} else if (cli.values[OPTION_HELP] != NULL) {
			print_help(&cli);
			code = cli_written(fflush(stdout) == 0 ? SVCTAG_OK : SVCTAG_E_IO, CLI_YES);
		} else {
			code = cli.command->run(&cli);
		}
	}
	cli_release(&cli);
	return (int)cli_close_output(code);
}
