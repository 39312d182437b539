/**
 * @file
 * One line per event to stderr, which the service manager collects. A line
 * cannot forge another: control characters are replaced.
 */
#ifndef LOG_H
#define LOG_H

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
};

/** Write one line, whole; errors and warnings say that they are such. Any thread. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
