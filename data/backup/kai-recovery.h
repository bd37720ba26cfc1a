#pragma once

#include "store/kai-database.h"

G_BEGIN_DECLS

/* What a restored store has still to ask the server about, kept in the store so that a connection that ends in between does no harm. */
typedef struct
{
  gint64 id;
  char *desk_id; /* of the desk before */
  gint64 saved_at;
  gboolean asked_leases, asked_ebills;
} KaiRecovery;

void kai_recovery_free (KaiRecovery *recovery);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiRecovery, kai_recovery_free)

/* The oldest that is not done; NULL without error when all are. */
KaiRecovery *kai_recovery_next (KaiDatabase *db, GError **error);

/* A range that the desk before had leased: all its numbers are given up and asked about, unless they are known here. */
gboolean kai_recovery_add_lease (KaiDatabase *db, const char *region, int year,
                                 const char *assigner, gint64 first, gint64 last, GError **error);
gboolean kai_recovery_leases_asked (KaiDatabase *db, const KaiRecovery *recovery, GError **error);

/* The next given up number that was not asked about. *id 0 when there is none. */
typedef struct
{
  gint64 id; /* of the range */
  char *region, *assigner;
  int year;
  gint64 sequence;
  gint64 left; /* of all ranges, this one included */
} KaiRecoveryNumber;
void kai_recovery_number_clear (KaiRecoveryNumber *number);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (KaiRecoveryNumber, kai_recovery_number_clear)
gboolean kai_recovery_next_number (KaiDatabase *db, KaiRecoveryNumber *number, GError **error);
gboolean kai_recovery_number_asked (KaiDatabase *db, const KaiRecoveryNumber *number,
                                    GError **error);

/* The next notice that was unpaid then; *payment_code NULL when there is none. */
gboolean kai_recovery_next_notice (KaiDatabase *db, const KaiRecovery *recovery, gint64 *id,
                                   char **payment_code, GError **error);
gboolean kai_recovery_notice_asked (KaiDatabase *db, const KaiRecovery *recovery, gint64 id,
                                    GError **error);

/* TRUE while messages about e-bills wait: they come first. */
gboolean kai_recovery_ebills_wait (KaiDatabase *db);
gboolean kai_recovery_ebills_asked (KaiDatabase *db, const KaiRecovery *recovery, GError **error);
/* Removes the stores that restores put aside, once the server told what was missing; not one that holds messages which never reached it, or that cannot be read. */
void kai_recovery_clear_aside (const char *dir, const char *name);
gboolean kai_recovery_done (KaiDatabase *db, const KaiRecovery *recovery, GError **error);

G_END_DECLS
