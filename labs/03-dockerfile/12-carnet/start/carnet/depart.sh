#!/bin/sh
# Lance le serveur, et traite SIGTERM, que httpd ne traite pas.
httpd -f -p 8080 -h /www &
trap 'kill $!; exit 0' TERM INT
echo "carnet de bord : port 8080"
wait $!
