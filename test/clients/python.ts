/** The Python that has the drivers: a virtual environment's in CI, by `SALLYPORT_TEST_PYTHON`. */
export const python = {
  program: process.env['SALLYPORT_TEST_PYTHON'] ?? 'python3',
  how: 'set SALLYPORT_TEST_PYTHON to a Python with "pip install \'psycopg[binary]==3.*\' psycopg2-binary"',
} as const;
