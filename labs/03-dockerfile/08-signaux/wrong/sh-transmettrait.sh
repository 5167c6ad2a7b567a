# raison: vif sh-transmet
# Garde le script comme intermédiaire, en pensant qu'il passe le signal.
predire aussitot
docker build -t ${IMAGE}:1 signaux
docker run -d --name ${LENT} ${IMAGE}:1
until docker logs ${LENT} | grep -q 'serveur pret'; do sleep 0.1; done
docker stop -t ${GRACE} ${LENT}
cat > signaux/demarrer.sh <<'FIN'
#!/bin/sh
echo "preparation faite"
sh -c 'serveur; echo fini'
echo "le serveur est fini"
FIN
docker build -t ${IMAGE}:2 signaux
docker run -d --name ${VIF} ${IMAGE}:2
until docker logs ${VIF} | grep -q 'serveur pret'; do sleep 0.1; done
docker stop -t ${GRACE} ${VIF}
