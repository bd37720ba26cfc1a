/* A walk over the records of an .xls for what libfreexl leaves out. Layouts: Microsoft's [MS-CFB] (compound file) and [MS-XLS] (records). Every
 * offset is checked; chains of sectors cannot be longer than the file. */
#include "import/kaipiao-xls-biff.h"

#include "import/kai-workbook-xls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CELLS (4u << 20)
#define MAX_MERGES 65536u
#define END_OF_CHAIN 0xFFFFFFFAu /* and above: no sector */

typedef struct
{
  const unsigned char *bytes;
  size_t length;
  unsigned char *owned; /* or NULL */
} Span;

static unsigned int
u16 (const unsigned char *p)
{
  return p[0] | (unsigned int)p[1] << 8;
}

static unsigned int
u32 (const unsigned char *p)
{
  return u16 (p) | u16 (p + 2) << 16;
}

/* ---- Compound file: the stream named Workbook or Book ---- */

typedef struct
{
  Span file;
  unsigned int shift; /* of a sector's size */
  unsigned int *fat;
  size_t n_fat;
} Compound;

static const unsigned char *
sector_at (const Compound *compound, unsigned int sector)
{
  size_t size = (size_t)1 << compound->shift;
  size_t offset = ((size_t)sector + 1) << compound->shift;

  return offset <= compound->file.length && compound->file.length - offset >= size
             ? compound->file.bytes + offset
             : NULL;
}

/* Adds the entries of a sector of the allocation table; 0 when it is not there. */
static int
add_fat (Compound *compound, unsigned int sector)
{
  size_t n = ((size_t)1 << compound->shift) / 4;
  const unsigned char *from = sector_at (compound, sector);
  unsigned int *fat;

  if (!from || compound->n_fat > compound->file.length / 4)
    return 0;
  fat = realloc (compound->fat, (compound->n_fat + n) * sizeof *fat);
  if (!fat)
    return 0;
  compound->fat = fat;
  for (size_t i = 0; i < n; i++)
    compound->fat[compound->n_fat++] = u32 (from + 4 * i);
  return 1;
}

static int
load_fat (Compound *compound)
{
  const unsigned char *head = compound->file.bytes;
  size_t per_sector = ((size_t)1 << compound->shift) / 4 - 1;
  unsigned int next = u32 (head + 68);

  for (int i = 0; i < 109; i++)
    if (u32 (head + 76 + 4 * i) < END_OF_CHAIN && !add_fat (compound, u32 (head + 76 + 4 * i)))
      return 0;
  for (size_t guard = 0; next < END_OF_CHAIN; guard++)
    {
      const unsigned char *list = sector_at (compound, next);

      if (!list || guard > compound->file.length >> compound->shift)
        return 0;
      for (size_t i = 0; i < per_sector; i++)
        if (u32 (list + 4 * i) < END_OF_CHAIN && !add_fat (compound, u32 (list + 4 * i)))
          return 0;
      next = u32 (list + 4 * per_sector);
    }
  return 1;
}

/* The bytes of a chain of sectors, at most @size (0 = all). */
static Span
read_chain (const Compound *compound, unsigned int sector, size_t size)
{
  size_t step = (size_t)1 << compound->shift, most = compound->file.length >> compound->shift,
         n = 0;
  Span none = { NULL, 0, NULL }, out = { NULL, 0, NULL };
  unsigned char *to;

  for (unsigned int at = sector; at < END_OF_CHAIN; at = compound->fat[at])
    if (at >= compound->n_fat || !sector_at (compound, at) || ++n > most)
      return none;
  to = malloc (n * step + 1);
  if (!to)
    return none;
  out.bytes = out.owned = to;
  for (unsigned int at = sector; at < END_OF_CHAIN; at = compound->fat[at])
    {
      memcpy (to, sector_at (compound, at), step);
      to += step;
    }
  out.length = size && size < n * step ? size : n * step;
  return out;
}

/* A small stream lies in sectors of 64 bytes inside that of the root. */
static Span
read_mini (Span root, Span table, unsigned int sector, size_t size)
{
  Span none = { NULL, 0, NULL }, out = { NULL, 0, malloc (size + 64) };

  while (out.owned && out.length < size && sector < END_OF_CHAIN)
    {
      size_t offset = (size_t)sector * 64;

      if (offset + 64 > root.length || ((size_t)sector + 1) * 4 > table.length)
        {
          free (out.owned);
          return none;
        }
      memcpy (out.owned + out.length, root.bytes + offset, 64);
      out.length += 64;
      sector = u32 (table.bytes + (size_t)sector * 4);
    }
  out.bytes = out.owned;
  out.length = out.length < size ? out.length : size;
  return out;
}

static int
has_name (const unsigned char *entry, const char *name)
{
  size_t n = strlen (name);

  if (u16 (entry + 64) != 2 * (n + 1))
    return 0;
  for (size_t i = 0; i < n; i++)
    if (entry[2 * i + 1] != 0 || (entry[2 * i] | 0x20) != (name[i] | 0x20))
      return 0;
  return 1;
}

static Span
find_small_stream (const Compound *compound, Span folder, const unsigned char *entry)
{
  Span root = read_chain (compound, u32 (folder.bytes + 116), 0);
  Span table = read_chain (compound, u32 (compound->file.bytes + 60), 0);
  Span out = read_mini (root, table, u32 (entry + 116), u32 (entry + 120));

  free (root.owned);
  free (table.owned);
  return out;
}

static Span
find_stream (const Compound *compound)
{
  Span folder = read_chain (compound, u32 (compound->file.bytes + 48), 0), out = { NULL, 0, NULL };
  const unsigned char *found = NULL;

  for (size_t at = 0; folder.bytes && at + 128 <= folder.length; at += 128)
    if (has_name (folder.bytes + at, "Workbook")
        || (!found && has_name (folder.bytes + at, "Book")))
      found = folder.bytes + at;
  if (found && u32 (found + 120) <= compound->file.length)
    out = u32 (found + 120) < u32 (compound->file.bytes + 56)
              ? find_small_stream (compound, folder, found)
              : read_chain (compound, u32 (found + 116), u32 (found + 120));
  free (folder.owned);
  return out;
}

static Span
open_stream (const unsigned char *bytes, size_t length)
{
  Compound compound = { { bytes, length, NULL }, 9, NULL, 0 };
  Span out = { NULL, 0, NULL };

  /* The oldest files are nothing but records. */
  if (length >= 4 && bytes[0] == 0x09 && bytes[3] == 0)
    return compound.file;
  if (length < 512)
    return out;
  compound.shift = u16 (bytes + 30);
  if ((compound.shift == 9 || compound.shift == 12) && load_fat (&compound))
    out = find_stream (&compound);
  free (compound.fat);
  return out;
}

/* ---- Records ---- */

typedef struct
{
  unsigned int type;
  const unsigned char *data;
  unsigned int length;
} Record;

static int
next_record (Span stream, size_t *at, Record *record)
{
  if (*at + 4 > stream.length)
    return 0;
  record->type = u16 (stream.bytes + *at);
  record->length = u16 (stream.bytes + *at + 2);
  record->data = stream.bytes + *at + 4;
  if (stream.length - *at - 4 < record->length)
    return 0;
  *at += 4 + (size_t)record->length;
  return 1;
}

/* Where the @index-th sheet begins, and whether it is hidden; 0 when there is none. */
static int
find_sheet (Span stream, unsigned int index, size_t *offset, int *hidden)
{
  size_t at = 0;
  Record record;
  unsigned int n = 0;

  while (next_record (stream, &at, &record) && record.type != 0x000A)
    if (record.type == 0x0085 && record.length >= 6 && n++ == index)
      {
        *offset = u32 (record.data);
        *hidden = (record.data[4] & 3) != 0;
        return *offset < stream.length;
      }
  *offset = 0;
  *hidden = 0;
  return n == 0 && index == 0; /* the oldest files have one sheet and no list of them */
}

static void
add_cell (BiffSheet *sheet, const Record *record, int kind, const char *text)
{
  BiffCell *cell;

  if (sheet->n_cells >= MAX_CELLS)
    return;
  if (sheet->n_cells % 1024 == 0)
    {
      size_t room = (sheet->n_cells + 1024) * sizeof *sheet->cells;
      BiffCell *cells = realloc (sheet->cells, room);

      if (!cells)
        return;
      sheet->cells = cells;
    }
  cell = &sheet->cells[sheet->n_cells];
  cell->text = strdup (text);
  sheet->n_cells += cell->text != NULL;
  cell->row = u16 (record->data);
  cell->column = (unsigned short)u16 (record->data + 2);
  cell->kind = (unsigned char)kind;
}

static const char *
error_word (unsigned int code)
{
  switch (code)
    {
    case 0x00:
      return "#NULL!";
    case 0x07:
      return "#DIV/0!";
    case 0x0F:
      return "#VALUE!";
    case 0x17:
      return "#REF!";
    case 0x1D:
      return "#NAME?";
    case 0x24:
      return "#NUM!";
    default:
      return "#N/A";
    }
}

static void
take_formula (BiffSheet *sheet, const Record *record)
{
  const unsigned char *result = record->data + 6;
  char number[40];
  double value;

  if (u16 (result + 6) != 0xFFFF)
    {
      memcpy (&value, result, sizeof value);
      snprintf (number, sizeof number, "%.15g", value);
      add_cell (sheet, record, KAI_XLS_NUMBER, number);
    }
  else if (
      result[0]
      == 0) /* the text follows in a record of its own; until then it counts as never calculated */
    add_cell (sheet, record, KAI_XLS_ERROR, "#FORMULA");
  else if (result[0] == 1)
    add_cell (sheet, record, KAI_XLS_BOOLEAN, result[2] ? "TRUE" : "FALSE");
  else if (result[0] == 2)
    add_cell (sheet, record, KAI_XLS_ERROR, error_word (result[2]));
}

static void
put_utf8 (char **to, unsigned int c)
{
  if (c < 0x80)
    *(*to)++ = (char)c;
  else if (c < 0x800)
    {
      *(*to)++ = (char)(0xC0 | c >> 6);
      *(*to)++ = (char)(0x80 | (c & 0x3F));
    }
  else if (c < 0x10000)
    {
      *(*to)++ = (char)(0xE0 | c >> 12);
      *(*to)++ = (char)(0x80 | (c >> 6 & 0x3F));
      *(*to)++ = (char)(0x80 | (c & 0x3F));
    }
  else
    {
      *(*to)++ = (char)(0xF0 | c >> 18);
      *(*to)++ = (char)(0x80 | (c >> 12 & 0x3F));
      *(*to)++ = (char)(0x80 | (c >> 6 & 0x3F));
      *(*to)++ = (char)(0x80 | (c & 0x3F));
    }
}

/* The text of the formula before (BIFF8). One that goes on in another record, or is of an older version, stays "never calculated": refused, not
 * cut. */
static void
take_string (BiffSheet *sheet, const Record *record)
{
  BiffCell *cell = sheet->n_cells ? &sheet->cells[sheet->n_cells - 1] : NULL;
  unsigned int n = record->length >= 3 ? u16 (record->data) : 0;
  int wide = record->length >= 3 && (record->data[2] & 1);
  const unsigned char *p = record->data + 3;
  char *text, *to;

  if (!cell || cell->kind != KAI_XLS_ERROR || strcmp (cell->text, "#FORMULA") != 0
      || record->length < 3 || (wide ? 2 * n : n) + 3 > record->length)
    return;
  text = to = malloc ((size_t)n * 4 + 1);
  if (!text)
    return;
  for (unsigned int i = 0; i < n; i++)
    {
      unsigned int c = wide ? u16 (p + 2 * i) : p[i];

      if (wide && c >= 0xD800 && c < 0xDC00 && i + 1 < n
          && (u16 (p + 2 * i + 2) & 0xFC00) == 0xDC00)
        c = 0x10000 + ((c & 0x3FF) << 10) + (u16 (p + 2 * ++i) & 0x3FF);
      put_utf8 (&to, c >= 0xD800 && c < 0xE000 ? 0xFFFD : c ? c : 0xFFFD);
    }
  *to = '\0';
  free (cell->text);
  cell->text = text;
  cell->kind = KAI_XLS_TEXT;
}

static void
take_merges (BiffSheet *sheet, const Record *record)
{
  unsigned int n = record->length >= 2 ? u16 (record->data) : 0;

  for (unsigned int i = 0; i < n && 2 + 8 * (i + 1) <= record->length; i++)
    {
      const unsigned char *p = record->data + 2 + 8 * i;
      BiffMerge merge = { (unsigned short)u16 (p), (unsigned short)u16 (p + 2),
                          (unsigned short)u16 (p + 4), (unsigned short)u16 (p + 6) };
      BiffMerge *merges;

      if (sheet->n_merges >= MAX_MERGES || merge.first_row > merge.last_row
          || merge.first_column > merge.last_column)
        return;
      merges = realloc (sheet->merges, (sheet->n_merges + 1) * sizeof *merges);
      if (!merges)
        return;
      sheet->merges = merges;
      merges[sheet->n_merges++] = merge;
    }
}

static void
take_record (BiffSheet *sheet, const Record *record, int old)
{
  switch (record->type)
    {
    case 0x0006: /* FORMULA; in the oldest version with another layout */
    case 0x0206:
    case 0x0406:
      if (record->length >= 14 && !old)
        take_formula (sheet, record);
      else if (record->length >= 4)
        add_cell (sheet, record, KAI_XLS_ERROR, "#FORMULA");
      break;
    case 0x0207: /* STRING */
      take_string (sheet, record);
      break;
    case 0x0205: /* BOOLERR */
      if (record->length >= 8)
        add_cell (sheet, record, record->data[7] ? KAI_XLS_ERROR : KAI_XLS_BOOLEAN,
                  record->data[7]   ? error_word (record->data[6])
                  : record->data[6] ? "TRUE"
                                    : "FALSE");
      break;
    case 0x0208: /* ROW */
      if (record->length >= 14 && (record->data[12] & 0x20))
        sheet->hidden[u16 (record->data) / 8] |= (unsigned char)(1u << (u16 (record->data) % 8));
      break;
    case 0x00E5: /* MERGECELLS */
      take_merges (sheet, record);
      break;
    default:
      break;
    }
}

static int
compare_cells (const void *left, const void *right)
{
  const BiffCell *a = left, *b = right;

  if (a->row != b->row)
    return a->row < b->row ? -1 : 1;
  return (a->column > b->column) - (a->column < b->column);
}

static void
walk_sheet (Span stream, size_t at, BiffSheet *sheet)
{
  Record record;
  int depth = 0, old = 0;

  while (next_record (stream, &at, &record))
    {
      /* Charts lie inside a sheet, between a BOF and an EOF of their own. */
      if ((record.type & 0xF1FF) == 0x0009)
        {
          old = depth++ == 0 ? record.type == 0x0009 : old;
          continue;
        }
      if (record.type == 0x000A && --depth <= 0)
        break;
      if (depth == 1)
        take_record (sheet, &record, old);
    }
}

int
biff_read_sheet (const unsigned char *bytes, size_t length, unsigned int index, BiffSheet *sheet)
{
  Span stream = open_stream (bytes, length);
  size_t at;
  int hidden, found;

  memset (sheet, 0, sizeof *sheet);
  found = stream.bytes && find_sheet (stream, index, &at, &hidden);
  if (found)
    walk_sheet (stream, at, sheet);
  if (sheet->n_cells > 1)
    qsort (sheet->cells, sheet->n_cells, sizeof *sheet->cells, compare_cells);
  free (stream.owned);
  return found;
}

void
biff_clear_sheet (BiffSheet *sheet)
{
  for (size_t i = 0; i < sheet->n_cells; i++)
    free (sheet->cells[i].text);
  free (sheet->cells);
  free (sheet->merges);
}

int
biff_is_hidden (const unsigned char *bytes, size_t length, unsigned int index)
{
  Span stream = open_stream (bytes, length);
  size_t at;
  int hidden = 0, found = stream.bytes && find_sheet (stream, index, &at, &hidden);

  free (stream.owned);
  return found && hidden;
}
