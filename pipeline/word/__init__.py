"""What the pipeline needs to know of Word's .docx: opening it safely, its styles, its lists, its layout."""
