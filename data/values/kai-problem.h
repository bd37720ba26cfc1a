#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* One thing that is wrong with what a person or a file gave: which row, which field, why and what to
 * do. The editor shows it beside the field, the import in the row, the command line in problems[]. */
typedef struct
{
  int row; /* 1-based row of the sheet, or 0 outside a table */
  /* Field or column key: "payer", "mobile", "items[0].amount"; for a workbook the header. */
  char *field;
  char *code;    /* stable, for scripts: "missing", "bad-check-digit", … */
  char *message; /* translated sentence, without the value where that is personal data */
} KaiProblem;

KaiProblem *kai_problem_new (int row, const char *field, const char *code, const char *format, ...)
    G_GNUC_PRINTF (4, 5);
void kai_problem_free (KaiProblem *problem);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiProblem, kai_problem_free)

/* A GPtrArray of KaiProblem that frees them. */
GPtrArray *kai_problems_new (void);

G_END_DECLS
