predire non
docker run -d --name ${NOM} escale/marees:1
docker run -d --name ${SAIN} escale/marees:1
until docker logs ${NOM} | grep -q midi; do sleep 0.1; done
docker exec ${NOM} sh -c 'ls -l /lib/*/libreadline*'
# lire CHEMIN: (/lib/[^ ]+/libreadline\.so\.8) ->
docker exec ${NOM} rm @CHEMIN@
docker restart ${NOM}
docker wait ${NOM}
docker logs ${NOM}
# lire MANQUE: libraries: ([^:]+):
docker cp -L ${SAIN}:@CHEMIN@ libreadline.so.8
docker cp libreadline.so.8 ${NOM}:@CHEMIN@
docker start ${NOM}
until docker exec ${NOM} marees 6; do sleep 0.1; done
repondre manque=@MANQUE@
