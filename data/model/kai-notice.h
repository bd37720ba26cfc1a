#pragma once

#include "model/kai-base-data.h"

G_BEGIN_DECLS

/* A payment notice (缴款通知书). A plain reference-counted record: text fields are owned, non-NULL ("" when empty). */

typedef enum
{
  KAI_PAYER_PERSON = 1,
  KAI_PAYER_ORGANISATION = 2
} KaiPayerKind;

typedef enum
{
  KAI_NOTICE_UNPAID,
  KAI_NOTICE_PAID,
  KAI_NOTICE_VOID,
  KAI_NOTICE_LAPSED,
} KaiNoticeState;

/* What the finance server knows of it; the same for e-bills and stock movements. */
typedef enum
{
  KAI_SYNC_DRAFT,    /* local only: no payment code yet, waits for a lease */
  KAI_SYNC_RESERVED, /* has its number, message not built */
  KAI_SYNC_SIGNED,   /* content signed, bytes kept (e-bills) or message in the outbox */
  KAI_SYNC_SENT,     /* sent at least once, no answer yet */
  KAI_SYNC_ACCEPTED,
  KAI_SYNC_REFUSED,
  KAI_SYNC_UNKNOWN, /* outcome not known: keeps its number, is asked about */
} KaiSyncState;

/* Stable English words for JSON, the store and the log: "unpaid", "paid" …; borrowed. */
const char *kai_notice_state_to_string (KaiNoticeState state);
gboolean kai_notice_state_parse (const char *word, KaiNoticeState *out);
const char *kai_sync_state_to_string (KaiSyncState state);
gboolean kai_sync_state_parse (const char *word, KaiSyncState *out);
const char *kai_payer_kind_to_string (KaiPayerKind kind); /* "person", "organisation" */
gboolean kai_payer_kind_parse (const char *word, KaiPayerKind *out);
/* Translated, for screens and paper; borrowed. */
const char *kai_notice_state_label (KaiNoticeState state);
const char *kai_sync_state_label (KaiSyncState state);
const char *kai_pay_channel_label (int channel); /* 0 = "" */

typedef struct
{
  char *code;
  char *name;
  char *unit_of_measure;
  gint64 quantity; /* 1 … 99,999,999 */
  KaiMoney amount; /* of the line, quantity included */
  KaiStandardKind standard;
  KaiMoney min, max;
} KaiNoticeItem;

typedef struct _KaiNotice KaiNotice;
struct _KaiNotice
{
  gint64 id;          /* row in the store, 0 before */
  gint64 review_id;   /* set by kai_desk_issue where it waits to be checked instead; not stored */
  char *payment_code; /* "" before it has one */
  char *check_code;   /* CrcCode: the payer types it online; given by the server, "" before */
  char *unit_code;
  KaiDay bill_date;
  KaiDay valid_until;
  KaiPayerKind payer_kind;
  char *payer_name;
  char *payer_id; /* identity number or credit code, "" allowed for persons */
  char *mobile;
  char *memo;
  GPtrArray *items; /* KaiNoticeItem, owned, at least one when issued */
  KaiMoney late_fee;
  KaiMoney amount; /* items + late fee; kai_notice_sum sets it */
  char *clerk_code;
  char *clerk_name;
  char *batch_id; /* "" for a single one */
  /* Identity of the imported row within its batch, "" otherwise; unique in the store, which keeps only what its key makes of it: that is what a notice
   * that was loaded has. */
  char *row_key;
  /* Education, "" otherwise */
  char *grade, *class_name, *student_no, *term;

  KaiNoticeState state;
  KaiSyncState sync;
  char *refusal_code; /* result code of the server's last refusal, "" */
  char *refusal_text;
  gint64 created_at; /* UTC seconds */
  gint64 updated_at;
  gint64 paid_at; /* UTC seconds, 0 unpaid */
  int pay_channel;
  char *paid_by;  /* who really paid */
  char *trace_no; /* the bank's transaction number */
  char *void_reason;
  /* Filled by the store from the e-bill, read-only here */
  char *ebill_number;      /* "" none */
  KaiSyncState ebill_sync; /* meaningful when has_ebill */
  gboolean has_ebill;
};

KaiNotice *kai_notice_new (void);
KaiNotice *kai_notice_ref (KaiNotice *notice);
void kai_notice_unref (KaiNotice *notice);
KaiNotice *kai_notice_copy (const KaiNotice *notice); /* deep */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiNotice, kai_notice_unref)
GPtrArray *kai_notices_new (void); /* unrefs its elements */
/* Replaces a text field; NULL becomes "". */
void kai_notice_set (char **field, const char *text);

KaiNoticeItem *kai_notice_item_new (const char *code, gint64 quantity, KaiMoney amount);
KaiNoticeItem *kai_notice_add_item (KaiNotice *notice, const char *code, gint64 quantity,
                                    KaiMoney amount); /* borrowed */
void kai_notice_item_free (KaiNoticeItem *item);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiNoticeItem, kai_notice_item_free)

/* Sets amount from items and late fee; FALSE past the largest amount. */
gboolean kai_notice_sum (KaiNotice *notice);
/* Whether the finance server has said that it has this notice. FALSE from its issue until the answer, and when it was refused. */
gboolean kai_notice_is_known_to_server (const KaiNotice *notice);

/* The item list of the messages (PayInfo): for each item code, name, amount, unit, quantity, kind of standard and
 * standard, joined by @separator (one ASCII character) and ended by "#", as in
 * 3206…|培训费|2.00|次|2|无限制|0.00-0.00#. Kinds: 固定标准 with the standard, 无限制 with 0.00-0.00, 区间标准 with min-max
 * (max 0.00 = no upper bound). A separator or "#" inside a name becomes its full-width form. Caller frees. */
char *kai_notice_build_pay_info (const KaiNotice *notice, const char *separator);

/* The rules of a notice, the one place for editor, command line and import. Normalises what may safely be normalised (spaces,
 * full-width digits), fills in item names, units and standards from base data and the sum; adds a KaiProblem for each
 * broken rule (field keys: payer, payer_kind, id, mobile, items, items[N].code, items[N].quantity, items[N].amount,
 * late_fee, memo, amount). Item amount -1 means "not given": the fixed standard × quantity.
 * Codes: missing, too-long, bad-character, bad-identity-number, bad-birth-date, bad-check-digit, bad-credit-code,
 * bad-mobile, unknown-item, outside-standard, bad-quantity, bad-amount, too-many-items, no-base-data (@base NULL or
 * without items). The education fields are checked too (grade, class_name, student_no, term).
 * TRUE when nothing was added. */
gboolean kai_notice_check (KaiNotice *notice, const KaiBaseData *base, int row,
                           GPtrArray *problems);
/* Not refusals, in the same form, for a notice that passed the check. Codes: foreign-document (id), foreign-mobile,
 * rare-character (payer, memo: not in GBK). */
void kai_notice_warnings (const KaiNotice *notice, int row, GPtrArray *warnings);

G_END_DECLS
