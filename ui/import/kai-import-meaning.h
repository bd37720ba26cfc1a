#pragma once

#include "import/kai-import-sheet.h"
#include "model/kai-base-data.h"
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What a column of a list holds, in words and as a choice. */

/* For its head: "身份证号", "Item: 学费", "Not used"; caller frees. */
char *kai_import_dup_meaning (KaiImportSheet *sheet, const KaiBaseData *base,
                              const KaiImportColumn *column);
/* How sure that is, as a sentence for a tooltip; caller frees. */
char *kai_import_dup_guess (const KaiImportColumn *column);

/* @word as of kai_import_sheet_set_column. */
typedef void (*KaiMeaningChosen) (const char *word, gpointer data);
/* A popover at @widget with everything a column can hold; arrow keys and Enter choose, Escape leaves. @current: a word, marked in the
 * list; NULL = none. @chosen is called at most once; @data must live as long as @widget. */
void kai_import_choose_meaning (GtkWidget *widget, KaiImportSheet *sheet, const KaiBaseData *base,
                                const char *current, KaiMeaningChosen chosen, gpointer data);

G_END_DECLS
