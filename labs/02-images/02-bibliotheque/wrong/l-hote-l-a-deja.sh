# raison: repare hote-fournit
# Constate que l'hôte a la bibliothèque, et croit qu'il suffit de redémarrer.
predire oui
docker run -d --name ${NOM} escale/marees:1
docker run -d --name ${SAIN} escale/marees:1
until docker logs ${NOM} | grep -q midi; do sleep 0.1; done
docker exec ${NOM} sh -c 'rm /lib/*/libreadline.so.8'
docker restart ${NOM}
docker wait ${NOM}
ls -l /lib/*/libreadline.so.8
docker start ${NOM}
docker wait ${NOM}
repondre manque=libreadline.so.8
