#pragma once

/* What kaipiao-xls and the program say to one another: frames with a head and text behind it. Plain C, for the helper has no GLib. */
typedef struct
{
  char
      type; /* S = a sheet's name, R = a row begins, C = a cell of it, M = merged cells (text: four numbers), E = the end */
  unsigned char kind;  /* of a cell; 1 = hidden for sheet and row */
  unsigned int number; /* of sheet (0-based), row (1-based), column (0-based); status */
  unsigned int length; /* of the text behind */
} KaiXlsFrame;

enum
{
  KAI_XLS_TEXT,
  KAI_XLS_NUMBER,
  KAI_XLS_DATE,
  KAI_XLS_BOOLEAN,
  KAI_XLS_ERROR,
};

enum
{
  KAI_XLS_OK,
  KAI_XLS_DAMAGED,
  KAI_XLS_PASSWORD,
  KAI_XLS_UNWANTED, /* called wrongly, or nobody reads the answer */
};
