/* One thing that is wrong with what a person or a file gave. */
#include "values/kai-problem.h"

KaiProblem *
kai_problem_new (int row, const char *field, const char *code, const char *format, ...)
{
  KaiProblem *problem = g_new0 (KaiProblem, 1);
  va_list args;

  problem->row = row;
  problem->field = g_strdup (field);
  problem->code = g_strdup (code);
  va_start (args, format);
  problem->message = g_strdup_vprintf (format, args);
  va_end (args);
  return problem;
}

void
kai_problem_free (KaiProblem *problem)
{
  if (!problem)
    return;
  g_free (problem->field);
  g_free (problem->code);
  g_free (problem->message);
  g_free (problem);
}

GPtrArray *
kai_problems_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify)kai_problem_free);
}
