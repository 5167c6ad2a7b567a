# raison: fige script-au-lancement
# Écrit à la construction, mais retire un numéro à chaque lancement.
predire 2
mkdir -p naissance
cat > naissance/Dockerfile <<'FIN'
FROM busybox
RUN cat /proc/sys/kernel/random/uuid > /naissance
CMD cat /proc/sys/kernel/random/uuid > /naissance; cat /naissance
FIN
docker build -t ${IMAGE} naissance
docker run --name ${A} ${IMAGE}
docker run --name ${B} ${IMAGE}
# lire NUMERO: ^([0-9a-f-]{36})$
repondre @NUMERO@
