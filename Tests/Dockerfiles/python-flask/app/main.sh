ls /venv/lib | tr "\n" " "; echo
echo $PYTHONUNBUFFERED
