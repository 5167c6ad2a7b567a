# raison: eclair surcout-constant
# Mesure la boucle, puis suppose le même facteur pour le programme éclair.
predire meme
docker run -d --name ${NOM} busybox sleep 3600
docker cp ${NOM}:/bin/busybox ./busybox
B='i=0; while [ $i -lt ${TOURS}000 ]; do i=$((i+1)); done'
TIMEFORMAT='duree %U'
for i in 1 2 3 4 5; do { time ./busybox sh -c "$B"; } 2>&1; docker exec ${NOM} sh -c "time sh -c '$B'" 2>&1; done > mesures.txt
grep duree mesures.txt | sort | head -1
# lire H: duree ([0-9.]+)$
grep user mesures.txt | sort | head -1
# lire C: user.*m ?([0-9.]+)s
vm run --rm busybox sh -c "time sh -c '$B'"
# lire V: user.*m ?([0-9.]+)s
awk 'BEGIN { printf "hote = %s\nconteneur = %s\nvm = %s\naccelerateur = %s\neclair = %.1f\n", @H@, @C@, @V@, tolower("${ACCELERATEUR}"), @V@ / @H@ }' > calcul.txt
