predire page
docker run -d --name ${NOM} --network none escale/marees:${V}
until docker exec ${NOM} wget -q -O /dev/null http://127.0.0.1/; do sleep 0.1; done
docker exec ${NOM} ls /sys/class/net
docker exec ${NOM} wget -S -O - http://127.0.0.1/
# lire CODE: HTTP/1.[01] ([0-9]+)
docker exec ${NOM} wget -q -O - 'http://127.0.0.1/?h=${H}'
# lire HAUTEUR: : ([0-9,]+) c?m
repondre cartes=1 code=@CODE@ hauteur=@HAUTEUR@
