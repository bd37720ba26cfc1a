/* The view of an import sheet as a GtkTreeModel. */
#include "import/kai-import-model.h"
#include <glib/gi18n-lib.h>

struct _KaiImportModel
{
  KaiLongModel parent_instance;

  KaiImportSheet *sheet; /* borrowed */
};

G_DEFINE_FINAL_TYPE (KaiImportModel, kai_import_model, KAI_TYPE_LONG_MODEL)

KaiImportModel *
kai_import_model_new (KaiImportSheet *sheet)
{
  KaiImportModel *self = g_object_new (KAI_TYPE_IMPORT_MODEL, NULL);

  self->sheet = sheet;
  return self;
}

void
kai_import_model_set_sheet (KaiImportModel *self, KaiImportSheet *sheet)
{
  self->sheet = sheet;
  kai_long_model_renew (KAI_LONG_MODEL (self));
}

int
kai_import_model_get_row (KaiImportModel *self, GtkTreeIter *iter)
{
  return kai_import_sheet_get_view_row (
      self->sheet, (int)kai_long_model_get_position (KAI_LONG_MODEL (self), iter));
}

static guint
import_get_length (KaiLongModel *model)
{
  KaiImportModel *self = KAI_IMPORT_MODEL (model);

  return self->sheet ? (guint)kai_import_sheet_get_n_view (self->sheet) : 0;
}

static int
import_get_n_columns (KaiLongModel *model)
{
  KaiImportModel *self = KAI_IMPORT_MODEL (model);

  return KAI_IMPORT_MODEL_FIRST_CELL
         + (self->sheet ? kai_import_sheet_get_n_columns (self->sheet) : 0);
}

static GType
import_get_column_type (KaiLongModel *model, int column)
{
  return column == KAI_IMPORT_MODEL_TICK ? G_TYPE_BOOLEAN : G_TYPE_STRING;
}

static const char *
get_state (KaiImportSheet *sheet, int row)
{
  if (kai_import_sheet_get_row_kind (sheet, row) != KAI_ROW_DATA)
    return kai_row_kind_label (kai_import_sheet_get_row_kind (sheet, row));
  if (kai_import_sheet_get_result (sheet, row) != KAI_ROW_OPEN)
    return kai_row_result_label (kai_import_sheet_get_result (sheet, row));
  switch (kai_import_sheet_get_row_mark (sheet, row))
    {
    case KAI_MARK_PROBLEM:
      return _ ("To mend");
    case KAI_MARK_WARNING:
      return _ ("Look at it");
    default:
      return kai_import_sheet_is_checked (sheet) ? _ ("Good") : "";
    }
}

static const char *
get_icon (KaiImportSheet *sheet, int row)
{
  KaiRowResult result = kai_import_sheet_get_result (sheet, row);

  if (kai_import_sheet_get_row_kind (sheet, row) != KAI_ROW_DATA)
    return NULL;
  if (result == KAI_ROW_REFUSED)
    return "dialog-error-symbolic";
  if (result != KAI_ROW_OPEN)
    return result == KAI_ROW_ISSUED ? "mail-send-symbolic" : "emblem-ok-symbolic";
  switch (kai_import_sheet_get_row_mark (sheet, row))
    {
    case KAI_MARK_PROBLEM:
      return "dialog-error-symbolic";
    case KAI_MARK_WARNING:
      return "dialog-warning-symbolic";
    default:
      return NULL;
    }
}

static void
import_fill_value (KaiLongModel *model, guint position, int column, GValue *value)
{
  KaiImportModel *self = KAI_IMPORT_MODEL (model);
  int row = kai_import_sheet_get_view_row (self->sheet, (int)position);

  switch (column)
    {
    case KAI_IMPORT_MODEL_TICK:
      g_value_set_boolean (value, kai_import_sheet_get_tick (self->sheet, row));
      break;
    case KAI_IMPORT_MODEL_NUMBER:
      g_value_take_string (value,
                           g_strdup_printf ("%d", kai_import_sheet_get_number (self->sheet, row)));
      break;
    case KAI_IMPORT_MODEL_STATE:
      g_value_set_string (value, get_state (self->sheet, row));
      break;
    case KAI_IMPORT_MODEL_ICON:
      g_value_set_static_string (value, get_icon (self->sheet, row));
      break;
    default:
      g_value_set_string (value, kai_import_sheet_get_text (self->sheet, row,
                                                            column - KAI_IMPORT_MODEL_FIRST_CELL));
    }
}

static void
kai_import_model_class_init (KaiImportModelClass *klass)
{
  KaiLongModelClass *long_class = KAI_LONG_MODEL_CLASS (klass);

  long_class->get_length = import_get_length;
  long_class->get_n_columns = import_get_n_columns;
  long_class->get_column_type = import_get_column_type;
  long_class->fill_value = import_fill_value;
}

static void
kai_import_model_init (KaiImportModel *self)
{
}
