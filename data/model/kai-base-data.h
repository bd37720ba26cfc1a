#pragma once

#include "values/kai-day.h"
#include "values/kai-money.h"

G_BEGIN_DECLS

/* Base data comes from the finance server and is read-only here (docs/data-model.md). All text fields are non-NULL,
 * "" when unknown. Plain structs, owned by the arrays and functions that hand them out. */

typedef enum
{
  KAI_STANDARD_FIXED, /* kind 1 on the wire: amount = quantity × min */
  KAI_STANDARD_FREE,  /* kind 2 */
  KAI_STANDARD_RANGE, /* kind 3: quantity × min … quantity × max; max 0 = no upper bound */
} KaiStandardKind;

/* "fixed", "free", "range"; borrowed. parse returns FALSE on another word. */
const char *kai_standard_kind_to_string (KaiStandardKind kind);
gboolean kai_standard_kind_parse (const char *word, KaiStandardKind *out);

typedef struct
{
  char *code; /* national item code, 12 digits */
  char *name;
  char *unit_of_measure; /* 次, 人, 学期 … */
  KaiStandardKind standard;
  KaiMoney min; /* the one standard where fixed */
  KaiMoney max;
  char *bill_type; /* bill type that an e-bill of this item uses */
} KaiItem;

typedef struct
{
  char *code;
  char *name;
  char *version; /* version code */
  char *version_name;
  gboolean electronic;
  char *ebill_code; /* 8 digits where electronic */
  char *specimen;   /* EInvoiceSpecimenCode, 10 */
  int number_width;
} KaiBillType;

typedef struct
{
  char *code;
  char *name;
  char *region; /* 6 digits */
  char *credit_code;
  char *assigner; /* code-assigning unit number, 3 digits, "000" when the finance system assigns */
  char *account_type, *account_name, *account, *account_bank, *account_bank_no; /* payee account */
} KaiUnit;

typedef struct
{
  char *code; /* unit code + 2 digits */
  char *name;
  char *unit_code;
  char *roles; /* space separated: clerk reviewer administrator bureau */
} KaiUser;

/* A certificate that a user signs with; there may be several of one user (an old one that still counts, a new one). */
typedef struct
{
  char *code; /* the server's mark of this one, opaque */
  char *user_code;
  char *content; /* DER in base64 */
} KaiUserCertificate;
KaiUserCertificate *kai_user_certificate_new (const char *code, const char *user_code,
                                              const char *content);
void kai_user_certificate_free (KaiUserCertificate *certificate);

/* Empty records: every text "". */
KaiItem *kai_item_new (void);
KaiBillType *kai_bill_type_new (void);
KaiUnit *kai_unit_new (void);
KaiUser *kai_user_new (void);
void kai_item_free (KaiItem *item);
void kai_bill_type_free (KaiBillType *type);
void kai_unit_free (KaiUnit *unit);
void kai_user_free (KaiUser *user);
KaiItem *kai_item_copy (const KaiItem *item);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiItem, kai_item_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiBillType, kai_bill_type_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiUnit, kai_unit_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiUser, kai_user_free)

/* A whole set as it arrives (5901) or is made by a test; each array owns its elements. */
typedef struct
{
  char *version;     /* the server's version mark, opaque */
  gint64 fetched_at; /* UTC seconds; 0 never */
  GPtrArray *units;  /* KaiUnit: the user's own unit first */
  GPtrArray *users;  /* KaiUser of this unit */
  GPtrArray
      *certificates;     /* KaiUserCertificate of these users; empty where the server gives none */
  GPtrArray *items;      /* KaiItem that this unit may use */
  GPtrArray *bill_types; /* KaiBillType */
  /* KaiUser: persons of this unit and its sub-units (code and name only) that may hold bills. */
  GPtrArray *holders;
  GHashTable *settings; /* char* → char*: "notice_days", "pay_url" (https://…/pay/), "reviewer" … */
  GHashTable *holidays; /* GINT_TO_POINTER (KaiDay) → GINT_TO_POINTER (working? 1 : 0) */
} KaiBaseData;

KaiBaseData *kai_base_data_new (void); /* empty arrays and tables */
void kai_base_data_free (KaiBaseData *data);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (KaiBaseData, kai_base_data_free)

/* Borrowed; NULL when not there. */
const KaiItem *kai_base_data_find_item (const KaiBaseData *data, const char *code);
const KaiBillType *kai_base_data_find_bill_type (const KaiBaseData *data, const char *code);
const KaiUnit *kai_base_data_find_unit (const KaiBaseData *data, const char *code);
const KaiUser *kai_base_data_find_user (const KaiBaseData *data, const char *code);
const char *kai_base_data_get_setting (const KaiBaseData *data, const char *key,
                                       const char *fallback);
KaiCalendar *kai_base_data_build_calendar (const KaiBaseData *data); /* caller frees */

G_END_DECLS
