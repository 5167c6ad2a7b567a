# raison: motif hote-fournit
# Confond le programme, qui est là, et la bibliothèque, qui n'y est plus.
predire oui
docker run -d --name ${NOM} escale/marees:1
docker run -d --name ${SAIN} escale/marees:1
until docker logs ${NOM} | grep -q midi; do sleep 0.1; done
docker exec ${NOM} sh -c 'rm /lib/*/libreadline.so.8'
docker restart ${NOM}
docker wait ${NOM}
repondre manque=bc
