#pragma once

#include "import/kai-import-sheet.h"
#include "widgets/kai-long-model.h"

G_BEGIN_DECLS

/* The view of an import sheet as a GtkTreeModel: one row a position of the view. */
#define KAI_TYPE_IMPORT_MODEL (kai_import_model_get_type ())
G_DECLARE_FINAL_TYPE (KaiImportModel, kai_import_model, KAI, IMPORT_MODEL, KaiLongModel)

enum
{
  KAI_IMPORT_MODEL_TICK,
  KAI_IMPORT_MODEL_NUMBER,
  KAI_IMPORT_MODEL_STATE, /* what is to be known of the row, in a few words */
  KAI_IMPORT_MODEL_ICON,
  KAI_IMPORT_MODEL_FIRST_CELL /* column 0 of the sheet */
};

/* @sheet: borrowed; must outlive the model or be taken away with kai_import_model_set_sheet (NULL). */
KaiImportModel *kai_import_model_new (KaiImportSheet *sheet);
void kai_import_model_set_sheet (KaiImportModel *self, KaiImportSheet *sheet);
/* Row of the sheet. */
int kai_import_model_get_row (KaiImportModel *self, GtkTreeIter *iter);

G_END_DECLS
