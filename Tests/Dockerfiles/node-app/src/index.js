mode DEV
