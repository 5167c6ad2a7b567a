predire eclair
docker run -d --name ${NOM} busybox sleep 3600
docker cp ${NOM}:/bin/busybox ./busybox
B='i=0; while [ $i -lt ${TOURS}000 ]; do i=$((i+1)); done'
TIMEFORMAT='duree %R'
time ./busybox sh -c "$B"
# lire H: duree ([0-9.]+)$
docker exec ${NOM} sh -c "time sh -c '$B'"
# lire C: real.*m ?([0-9.]+)s
vm run --rm busybox sh -c "time sh -c '$B'"
# lire V: real.*m ?([0-9.]+)s
time docker run --rm busybox true
# lire TC: duree ([0-9.]+)$
time for i in 1 2 3; do vm run --rm busybox true; done
# lire TV: duree ([0-9.]+)$
awk 'BEGIN { printf "hote = %s\nconteneur = %s\nvm = %s\naccelerateur = %s\neclair = %.1f\n", @H@, @C@, @V@, tolower("${ACCELERATEUR}"), @TV@ / 3 / @TC@ }' > calcul.txt
