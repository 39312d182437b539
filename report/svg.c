#include "svg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "markup.h"

/* All lengths are in user units; the viewBox scales to any size. */
#define WIDTH 960
#define LEFT 84
#define RIGHT 24
#define TOP 56
#define PANEL 220
#define PANEL_HEAD 48
#define ROW 22
#define ROW_LEFT 260
#define BOTTOM 36
#define LEGEND_STEP 20
#define MOST_X_TICKS 12
#define MONTHS_A_YEAR 12

/* Colours that differ for the colour-blind too (Okabe and Ito), each on white and on near-black. */
static const char style_sheet[] =
	"<style>"
	"svg{font:13px system-ui,sans-serif}.m{font-size:12px}.h{font-size:17px;font-weight:600}.p{font-weight:600}"
	".g{stroke-width:1;fill:none}.l{fill:none;stroke-width:2}.s{fill-opacity:.25}.e{text-anchor:end}.c{text-anchor:"
	"middle}"
	".b{fill:#fff}text{fill:#1b1f24}.m{fill:#57606a}.g{stroke:#d0d7de}"
	".l0{stroke:#0072b2}.a0{fill:#0072b2}.l1{stroke:#b35900}.a1{fill:#b35900}"
	".l2{stroke:#00795a}.a2{fill:#00795a}.l3{stroke:#a8508a}.a3{fill:#a8508a}"
	".l4{stroke:#2f86b8}.a4{fill:#2f86b8}.l5{stroke:#8a7500}.a5{fill:#8a7500}"
	".l6{stroke:#8c2d04}.a6{fill:#8c2d04}.l7{stroke:#6e7781}.a7{fill:#6e7781}"
	"@media(prefers-color-scheme:dark){"
	".b{fill:#0d1117}text{fill:#e6edf3}.m{fill:#9198a1}.g{stroke:#3d444d}"
	".l0{stroke:#56b4e9}.a0{fill:#56b4e9}.l1{stroke:#e69f00}.a1{fill:#e69f00}"
	".l2{stroke:#2fc99b}.a2{fill:#2fc99b}.l3{stroke:#e08cc2}.a3{fill:#e08cc2}"
	".l4{stroke:#9ad1f5}.a4{fill:#9ad1f5}.l5{stroke:#f0e442}.a5{fill:#f0e442}"
	".l6{stroke:#f08a5d}.a6{fill:#f08a5d}.l7{stroke:#9198a1}.a7{fill:#9198a1}"
	"}"
	"</style>\n";

/** Where a panel's values are drawn. */
struct frame {
	const struct svg_chart *chart;
	double left, top, width, height;
	double most; /* the value at the top */
};

static void
text_at(FILE *out, double x, double y, const char *classes, const char *text)
{
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, classes);
	markup_text(out, text);
	fputs("</text>\n", out);
}

static double
x_of(const struct frame *frame, size_t i)
{
	const double *numbers = frame->chart->numbers;
	const int64_t *days = frame->chart->days;
	double span;

	if (numbers != NULL) {
		span = log10(numbers[frame->chart->count - 1] / numbers[0]);
		return frame->left + frame->width * log10(numbers[i] / numbers[0]) / (span > 0 ? span : 1);
	}
	span = (double)(days[frame->chart->count] - days[0]);
	return frame->left + frame->width * (double)(days[i] - days[0]) / (span > 0 ? span : 1);
}

static double
y_of(const struct frame *frame, double value)
{
	return frame->top + frame->height * (1 - value / frame->most);
}

/* 1, 2 or 5 times a power of ten: the least that gives at most five steps. */
static double
tick_step(double most)
{
	double step = pow(10, floor(log10(most / 5)));

	if (most / step > 25)
		return step * 10;
	if (most / step > 10)
		return step * 5;
	return most / step > 5 ? step * 2 : step;
}

static void
tick_label(double value, bool percent, char text[32])
{
	if (percent)
		snprintf(text, 32, "%g %%", value * 100);
	else if (value < 1e4)
		snprintf(text, 32, "%g", value);
	else if (value < 1e6)
		snprintf(text, 32, "%g k", value / 1e3);
	else if (value < 1e12)
		snprintf(text, 32, "%g M", value / 1e6);
	else
		snprintf(text, 32, "%.3g", value);
}

static void
draw_y_axis(FILE *out, const struct frame *frame, bool percent)
{
	double step = tick_step(frame->most);
	char label[32];

	for (int i = 0; i * step <= frame->most * 1.0001; i++) {
		double y = y_of(frame, i * step);

		fprintf(out, "<path class=\"g\" d=\"M%.1f %.1fH%.1f\"/>\n", frame->left, y, frame->left + frame->width);
		tick_label(i * step, percent, label);
		text_at(out, frame->left - 8, y + 4, "m e", label);
	}
}

/* The day on which a month begins; months count from year 0. */
static int64_t
month_day(int64_t month)
{
	char day[32];

	snprintf(day, sizeof(day), "%04lld-%02lld-01", (long long)(month / MONTHS_A_YEAR) % 10000,
		 (long long)(month % MONTHS_A_YEAR) + 1);
	return svctag_day_number(day);
}

static int64_t
month_of(int64_t number)
{
	char day[SVCTAG_DAY_SIZE];

	svctag_day_format(number, day);
	return strtoll(day, NULL, 10) * MONTHS_A_YEAR + strtoll(day + 5, NULL, 10) - 1;
}

/* Months between ticks, so that there are not too many. */
static int64_t
month_step(int64_t months)
{
	static const int64_t steps[] = { 1, 2, 3, 6, 12, 24, 60, 120 };
	size_t i = 0;

	while (i + 1 < sizeof(steps) / sizeof(steps[0]) && months / steps[i] > MOST_X_TICKS)
		i++;
	return steps[i];
}

static void
draw_days(FILE *out, const struct frame *frame)
{
	const int64_t *days = frame->chart->days;
	int64_t first = days[0];
	int64_t last = days[frame->chart->count];
	int64_t step = month_step(month_of(last) - month_of(first));
	double scale = frame->width / (last > first ? (double)(last - first) : 1);
	double bottom = frame->top + frame->height;

	for (int64_t month = (month_of(first) / step) * step; month_day(month) <= last; month += step) {
		double x = frame->left + scale * (double)(month_day(month) - first);
		char day[SVCTAG_DAY_SIZE];

		if (month_day(month) < first)
			continue;
		svctag_day_format(month_day(month), day);
		day[step % MONTHS_A_YEAR == 0 ? 4 : 7] = '\0'; /* the year, or with the month */
		fprintf(out, "<path class=\"g\" d=\"M%.1f %.1fv5\"/>\n", x, bottom);
		text_at(out, x, bottom + 19, "m c", day);
	}
}

/* A tick for each: they are few. */
static void
draw_numbers(FILE *out, const struct frame *frame)
{
	double bottom = frame->top + frame->height;
	char label[32];

	for (size_t i = 0; i < frame->chart->count; i++) {
		fprintf(out, "<path class=\"g\" d=\"M%.1f %.1fv5\"/>\n", x_of(frame, i), bottom);
		tick_label(frame->chart->numbers[i], false, label);
		text_at(out, x_of(frame, i), bottom + 19, "m c", label);
	}
	text_at(out, frame->left + frame->width / 2, bottom + 34, "m c", frame->chart->numbers_name);
}

static void
draw_x_axis(FILE *out, const struct frame *frame)
{
	if (frame->chart->numbers != NULL)
		draw_numbers(out, frame);
	else
		draw_days(out, frame);
	fprintf(out, "<path class=\"g\" d=\"M%.1f %.1fH%.1f\"/>\n", frame->left, frame->top + frame->height,
		frame->left + frame->width);
}

static size_t
colour_of(size_t series)
{
	return series < SVG_COLOURS ? series : SVG_COLOURS - 1;
}

/* The steps of values[i] + below[i], forwards; `pen` is how the first point is reached. */
static void
draw_steps(FILE *out, const struct frame *frame, const double *values, const double *below)
{
	bool down = false;

	for (size_t i = 0; i < frame->chart->count; i++) {
		double y;

		if (isnan(values[i])) {
			down = false;
			continue;
		}
		y = y_of(frame, values[i] + (below != NULL ? below[i] : 0));
		if (down)
			fprintf(out, "V%.1f", y);
		else
			fprintf(out, "M%.1f %.1f", x_of(frame, i), y);
		fprintf(out, "H%.1f", x_of(frame, i + 1));
		down = true;
	}
}

static void
draw_joined(FILE *out, const struct frame *frame, const double *values)
{
	bool down = false;

	for (size_t i = 0; i < frame->chart->count; i++) {
		if (!isnan(values[i]))
			fprintf(out, "%c%.1f %.1f", down ? 'L' : 'M', x_of(frame, i), y_of(frame, values[i]));
		down = !isnan(values[i]);
	}
}

static void
draw_line(FILE *out, const struct frame *frame, const struct svg_series *series, size_t number)
{
	fprintf(out, "<path class=\"l l%zu\" d=\"", colour_of(number));
	if (frame->chart->numbers != NULL)
		draw_joined(out, frame, series->values);
	else
		draw_steps(out, frame, series->values, NULL);
	fputs("\"><title>", out);
	markup_text(out, series->name);
	fputs("</title></path>\n", out);
	for (size_t i = 0; frame->chart->numbers != NULL && i < frame->chart->count; i++)
		if (!isnan(series->values[i]))
			fprintf(out, "<circle class=\"a%zu\" cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/>\n", colour_of(number),
				x_of(frame, i), y_of(frame, series->values[i]));
}

/* A rectangle for each run of equal values; `below` gets them on top. */
static void
draw_area(FILE *out, const struct frame *frame, const struct svg_series *series, size_t number, double *below,
	  const char *opacity)
{
	size_t count = frame->chart->count;
	size_t end;

	fprintf(out, "<path class=\"a%zu%s\" d=\"", colour_of(number), opacity);
	for (size_t i = 0; i < count; i = end) {
		double value = series->values[i];

		for (end = i + 1; end < count && series->values[end] == value && below[end] == below[i]; end++)
			continue;
		if (!isnan(value) && value > 0)
			fprintf(out, "M%.1f %.1fH%.1fV%.1fH%.1fz", x_of(frame, i), y_of(frame, below[i]),
				x_of(frame, end), y_of(frame, below[i] + value), x_of(frame, i));
	}
	fputs("\"><title>", out);
	markup_text(out, series->name);
	fputs("</title></path>\n", out);
}

static double
most_of(const struct svg_chart *chart, const struct svg_panel *panel)
{
	double most = panel->top;

	for (size_t i = 0; i < chart->count && panel->top <= 0; i++) {
		double sum = 0;

		for (size_t s = 0; s < panel->series_count; s++) {
			double value = panel->series[s].values[i];

			if (isnan(value))
				continue;
			sum = panel->kind == SVG_STACKED ? sum + value : fmax(sum, value);
		}
		most = fmax(most, sum);
	}
	return most > 0 ? most : 1;
}

static void
draw_legend(FILE *out, const struct frame *frame, const struct svg_panel *panel)
{
	double x = frame->left;

	for (size_t s = 0; s < panel->series_count && panel->series_count > 1; s++) {
		size_t length = strlen(panel->series[s].name);

		fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"12\" height=\"12\" class=\"a%zu\"/>\n", x,
			frame->top - 22, colour_of(s));
		text_at(out, x + 17, frame->top - 12, "m", panel->series[s].name);
		x += LEGEND_STEP + 14 + 6.5 * (double)length;
	}
}

static svctag_error
draw_panel(FILE *out, const struct svg_chart *chart, const struct svg_panel *panel, double top)
{
	struct frame frame = { chart, LEFT, top, WIDTH - LEFT - RIGHT, PANEL, most_of(chart, panel) };
	double *below = calloc(chart->count + 1, sizeof(*below));

	if (below == NULL)
		return SVCTAG_E_NO_MEMORY;
	text_at(out, LEFT, top - 30, "p", panel->title);
	draw_legend(out, &frame, panel);
	draw_y_axis(out, &frame, panel->percent);
	draw_x_axis(out, &frame);
	for (size_t s = 0; s < panel->series_count; s++) {
		if (panel->kind != SVG_LINES)
			draw_area(out, &frame, &panel->series[s], s, below, panel->kind == SVG_AREA ? " s" : "");
		for (size_t i = 0; panel->kind == SVG_STACKED && i < chart->count; i++)
			below[i] += isnan(panel->series[s].values[i]) ? 0 : panel->series[s].values[i];
		if (panel->kind != SVG_STACKED)
			draw_line(out, &frame, &panel->series[s], s);
	}
	free(below);
	return SVCTAG_OK;
}

static void
draw_rows(FILE *out, const struct svg_chart *chart)
{
	double height = ROW * (double)(chart->row_count > 0 ? chart->row_count : 1);
	struct frame frame = { chart, ROW_LEFT, TOP, WIDTH - ROW_LEFT - RIGHT, height, 1 };

	for (size_t r = 0; r < chart->row_count; r++) {
		const struct svg_row *row = &chart->rows[r];
		double y = TOP + ROW * (double)r;

		text_at(out, ROW_LEFT - 8, y + 15, "e", row->name);
		for (size_t s = 0; s < row->span_count; s++) {
			double x = x_of(&frame, row->spans[s][0]);

			fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" class=\"a%zu\"/>\n", x,
				y + 3, x_of(&frame, row->spans[s][1]) - x, ROW - 6, colour_of(r));
		}
	}
	draw_x_axis(out, &frame);
}

static double
height_of(const struct svg_chart *chart)
{
	if (chart->panel_count == 0)
		return TOP + BOTTOM + ROW * (double)(chart->row_count > 0 ? chart->row_count : 1);
	return TOP + (PANEL_HEAD + PANEL + BOTTOM) * (double)chart->panel_count;
}

svctag_error
svg_write(FILE *out, const struct svg_chart *chart)
{
	double height = height_of(chart);
	svctag_error err = SVCTAG_OK;

	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %.0f\" role=\"img\" "
		"aria-labelledby=\"title desc\">\n<title id=\"title\">",
		WIDTH, height);
	markup_text(out, chart->title);
	fputs("</title>\n<desc id=\"desc\">", out);
	markup_text(out, chart->description);
	fputs("</desc>\n", out);
	fputs(style_sheet, out);
	fprintf(out, "<rect class=\"b\" width=\"%d\" height=\"%.0f\"/>\n", WIDTH, height);
	text_at(out, RIGHT, 32, "h", chart->title);
	for (size_t p = 0; p < chart->panel_count && err == SVCTAG_OK; p++)
		err = draw_panel(out, chart, &chart->panels[p],
				 TOP + PANEL_HEAD + (PANEL_HEAD + PANEL + BOTTOM) * (double)p);
	if (chart->panel_count == 0)
		draw_rows(out, chart);
	fputs("</svg>\n", out);
	return err == SVCTAG_OK ? format_written(out) : err;
}
