#pragma once

#include "values/kai-site-profile.h"
#include "store/kai-database.h"

G_BEGIN_DECLS

/* Leased ranges of payment code sequence numbers (8651). Used up in order, never reused. */
gboolean kai_code_lease_add (KaiDatabase *db, const char *region, int year, const char *assigner,
                             gint64 first, gint64 last, GError **error);
/* Numbers left for @year. */
gint64 kai_code_lease_left (KaiDatabase *db, int year, GError **error);
/* Takes the next number of @year and builds the code; within the caller's transaction. NO_NUMBERS when none is left. */
char *kai_code_lease_take (KaiDatabase *db, const KaiPaymentCodeRule *rule, int year,
                           GError **error);

G_END_DECLS
