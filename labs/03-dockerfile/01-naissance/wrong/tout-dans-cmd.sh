# raison: ecrite script-au-lancement
# Met le travail dans CMD, comme dans un script de démarrage.
predire 2
mkdir -p naissance
cat > naissance/Dockerfile <<'FIN'
FROM busybox
CMD ["cat", "/proc/sys/kernel/random/uuid"]
FIN
docker build -t ${IMAGE} naissance
docker run --name ${A} ${IMAGE}
docker run --name ${B} ${IMAGE}
repondre rien
