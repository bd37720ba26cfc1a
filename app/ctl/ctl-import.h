#pragma once

#include "kai-ctl.h"

#include "store/kai-import-store.h"

G_BEGIN_DECLS

/* What the commands that read a list share: their options, and reading it. */
typedef struct
{
  char *kind;
  int sheet; /* KAI_CTL_ANY_SHEET: found by itself */
  char **maps, **constants;
  gboolean forget, fresh;
} KaiCtlListOptions;
#define KAI_CTL_ANY_SHEET G_MAXINT
extern KaiCtlListOptions kai_ctl_list;

#define KAI_CTL_KIND_ENTRY                                                                         \
  {                                                                                                \
    "kind", 0, 0, G_OPTION_ARG_STRING, &kai_ctl_list.kind, N_ ("Kind of workbook"),                \
        "notices|education"                                                                        \
  }
#define KAI_CTL_SHEET_ENTRY                                                                        \
  {                                                                                                \
    "sheet", 0, 0, G_OPTION_ARG_INT, &kai_ctl_list.sheet,                                          \
        N_ ("Sheet, counted from 1 (first with data)"), "N"                                        \
  }

#define KAI_CTL_LAYOUT_ENTRIES                                                                     \
  { "map",                                                                                         \
    0,                                                                                             \
    0,                                                                                             \
    G_OPTION_ARG_STRING_ARRAY,                                                                     \
    &kai_ctl_list.maps,                                                                            \
    N_ ("What a column holds: payer, id, mobile, class, item, amount, item:CODE, total, ignore "   \
        "…"),                                                                                      \
    N_ ("COLUMN=FIELD") },                                                                         \
      { "set",                                                                                     \
        0,                                                                                         \
        0,                                                                                         \
        G_OPTION_ARG_STRING_ARRAY,                                                                 \
        &kai_ctl_list.constants,                                                                   \
        N_ ("A value for all rows: item, term, payer_kind, grade, class …"),                       \
        N_ ("FIELD=VALUE") },                                                                      \
  {                                                                                                \
    "forget", 0, 0, G_OPTION_ARG_NONE, &kai_ctl_list.forget,                                       \
        N_ ("Do not use what was remembered for lists with the same headers"), NULL                \
  }
#define KAI_CTL_FRESH_ENTRY                                                                        \
  {                                                                                                \
    "again", 0, 0, G_OPTION_ARG_NONE, &kai_ctl_list.fresh,                                         \
        N_ ("A batch of its own, although the list was imported before (not for education)"), NULL \
  }


/* --kind; -1 when it is not given. */
gboolean kai_ctl_parse_kind (int *kind, GError **error);
/* The list of args[0] with its columns guessed. */
KaiImportSheet *kai_ctl_open_list (KaiCtl *ctl, char **args, GError **error);
/* What was remembered for such headers, then what the command line says, which is remembered in turn. */
gboolean kai_ctl_apply_layout (KaiCtl *ctl, KaiImportSheet *list, GError **error);
/* Read, its columns settled, every row checked, and held against the ledger. */
KaiImportSheet *kai_ctl_read_list (KaiCtl *ctl, char **args, GError **error);
/* Exit status 5 for what is wrong with the file; takes @local. Returns FALSE. */
gboolean kai_ctl_fail_unreadable (KaiCtl *ctl, GError *local, GError **error);

G_END_DECLS
