# Le serveur, sur le port 80. Lu par « marees », qui est le premier processus du conteneur (PID 1).

# Le port 80 est ouvert par root, puis httpd continue sous l'utilisateur escale.
set --
[ "$(id -u)" != 0 ] || set -- -u escale:escale
httpd -f -p 80 -h /srv "$@" &
serveur=$!

# Le noyau ignore SIGTERM pour un PID 1 qui ne le traite pas : « docker stop » attendrait 10 secondes.
trap 'kill "$serveur"; exit 0' TERM INT
wait "$serveur"
