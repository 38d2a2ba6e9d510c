throw new Error('@bitewing/db reaches the database and must not be bundled for a browser')
