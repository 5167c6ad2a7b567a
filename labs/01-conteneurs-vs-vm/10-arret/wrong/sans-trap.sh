# raison: poli-rapide
# Oublie de traiter SIGTERM.
predire aussitot
docker run -d --name ${SOURD} busybox sleep 3600
docker stop -t ${GRACE} ${SOURD}
docker run -d --name ${POLI} busybox sh -c "sleep 3600 & wait"
docker stop -t ${GRACE} ${POLI}
repondre sourd=137 poli=137
