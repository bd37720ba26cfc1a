#pragma once

#include "model/kai-notice.h"
#include "store/kai-database.h"

G_BEGIN_DECLS

/* Who is on the list: this term against the last one before anything is issued, and who has not paid. A pupil is known by the identity number, else by student number and
 * name. Needs the store's key. */

typedef enum
{
  KAI_ROSTER_NEW,
  KAI_ROSTER_LEFT,
  KAI_ROSTER_CLASS,  /* another class (or grade) than before */
  KAI_ROSTER_AMOUNT, /* another amount */
  KAI_ROSTER_N_KINDS
} KaiRosterKind;
const char *kai_roster_kind_to_string (KaiRosterKind kind); /* "new", "left", "class", "amount" */
const char *kai_roster_kind_label (KaiRosterKind kind);     /* translated */

typedef struct
{
  KaiRosterKind kind;
  char *payer, *student_no;
  char *class_before, *class_now; /* "" on the side where there is none; with the grade before it */
  KaiMoney before, now;
} KaiRosterChange;
void kai_roster_change_free (KaiRosterChange *change);

typedef struct
{
  int before, now, same; /* pupils; same: neither class nor amount changed */
  GPtrArray
      *changes; /* KaiRosterChange; a pupil may have two (class and amount); by class, then name */
} KaiRoster;
void kai_roster_free (KaiRoster *roster);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiRoster, kai_roster_free)

/* Arrays of KaiNotice; several of one pupil are added up. Only promotion from grade to grade is no change when @promote: then only the class number is compared
 * (高一(3)班 → 高二(3)班). */
KaiRoster *kai_roster_compare (GPtrArray *before, GPtrArray *now, gboolean promote);

/* The terms in the ledger before @term (by their plain form), the latest first, as they were first written; NULL on error. Free with
 * g_strfreev. */
char **kai_roster_list_terms (KaiDatabase *db, const char *term, GError **error);
/* The first of them; NULL when there is none. Caller frees. */
char *kai_roster_find_last_term (KaiDatabase *db, const char *term, GError **error);
/* Live notices (not refused, not void) of a term, however it is written. NULL on error. */
GPtrArray *kai_roster_load_term (KaiDatabase *db, const char *term, GError **error);

/* The term of the first of @notices that has one, "" when none has. Borrowed. */
const char *kai_roster_find_term (GPtrArray *notices);
/* As a table: translated headers, and the cells of one row below them; NULL-terminated, caller frees with g_strfreev. */
char **kai_roster_dup_headers (void);
char **kai_roster_change_dup_cells (const KaiRosterChange *change);

/* ---- Who has not paid ---- */

typedef struct
{
  const char *term;       /* NULL = all */
  const char *class_name; /* NULL = all */
  KaiDay from, to;        /* bill date, inclusive; 0 = open */
  const char *batch_id;   /* NULL = all */
  gboolean lapsed;        /* also those whose time has run out */
} KaiUnpaidFilter;

typedef struct
{
  KaiNotice *notice;
  int reminders;        /* how often told again */
  gint64 last_reminder; /* UTC seconds, 0 never */
  char *last_way;       /* "sms", "paper", "phone", "" */
} KaiUnpaid;
void kai_unpaid_free (KaiUnpaid *unpaid);
/* Array of KaiUnpaid by grade, class and name. NULL on error. */
GPtrArray *kai_unpaid_list (KaiDatabase *db, const KaiUnpaidFilter *filter, GError **error);

/* Notes that the payer of a notice was told again; part of the caller's transaction. */
gboolean kai_unpaid_note_reminder (KaiDatabase *db, gint64 notice_id, const char *user,
                                   const char *way, GError **error);
/* All of @list (KaiUnpaid) at once in a transaction of its own, each with a line in the log. */
gboolean kai_unpaid_note_told (KaiDatabase *db, GPtrArray *list, const char *user, const char *way,
                               GError **error);
/* Grade and class as one name. Caller frees. */
char *kai_unpaid_dup_class (const KaiUnpaid *unpaid);
/* As a table, the mobile number masked; NULL-terminated, caller frees with g_strfreev. The class is the first column. */
char **kai_unpaid_dup_headers (void);
char **kai_unpaid_dup_cells (const KaiUnpaid *unpaid);
const char *kai_reminder_way_label (const char *way); /* translated; borrowed */
gboolean kai_reminder_way_is_known (const char *way);

G_END_DECLS
