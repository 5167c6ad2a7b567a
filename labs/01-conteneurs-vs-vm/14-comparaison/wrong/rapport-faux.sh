# raison: coherence
# Recopie un rapport qui ne vient pas de ses mesures.
docker run -d --name ${NOM} busybox sleep 3600
vm run -d --name ${VM} busybox sh -c 'uname -r; sleep 3600'
until vm logs ${VM} | grep -q -e '^[0-9]' || ! vm ps | grep -q -w ${VM}; do sleep 0.5; done
vm logs ${VM}
# lire NV: ^([0-9]+\.[0-9]+\.[^ ]+)$
TIMEFORMAT='duree %R'
time for i in $(seq 10); do docker run --rm busybox true; done
# lire DC: duree ([0-9.]+)$
time for i in $(seq 3); do vm run --rm busybox true; done
# lire DV: duree ([0-9.]+)$
docker cp ${NOM}:/bin/busybox ./busybox
B='i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'
TIMEFORMAT='duree %U'
for i in 1 2 3 4 5; do { time ./busybox sh -c "$B"; } 2>&1; docker exec ${NOM} sh -c "time sh -c '$B'" 2>&1; done > mesures.txt
grep duree mesures.txt | sort | head -1
# lire H: duree ([0-9.]+)$
grep user mesures.txt | sort | head -1
# lire C: user.*m ?([0-9.]+)s
vm run --rm busybox sh -c "time sh -c '$B'"
# lire V: user.*m ?([0-9.]+)s
P=$(docker inspect -f '{{.State.Pid}}' ${NOM})
G=$(ps -o ppid= -p $P | tr -d ' ')
cat /proc/$P/smaps_rollup /proc/$G/smaps_rollup | awk '/^Pss:/ { s += $2 } END { print "conteneur " s }'
# lire MC: conteneur ([0-9]+)$
pgrep -f "escale-${VM} "
# lire Q: ^([0-9]+)$
awk '/^Pss:/ { print "vm " $2 }' /proc/@Q@/smaps_rollup
# lire MV: vm ([0-9]+)$
docker image inspect -f '{{.Size}}' busybox
# lire TC: ^([0-9]+)$
K=$(tr '\0' '\n' < /proc/@Q@/cmdline | grep -A1 -x -e -kernel | tail -1)
I=$(tr '\0' '\n' < /proc/@Q@/cmdline | grep -A1 -x -e -initrd | tail -1)
D=$(tr '\0' '\n' < /proc/@Q@/cmdline | sed -n 's/.*,file=\([^,]*\).*/\1/p')
du -B1 $K $I $D | awk '{ s += $1 } END { print "total " s }'
# lire TV: total ([0-9]+)$
q() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", a / b }'; }
cat > comparaison.md <<FIN
# Conteneurs et machines virtuelles, mesurés par ${APPRENANT}

machine = $(cat /proc/sys/kernel/random/boot_id)
accelerateur = $(echo ${ACCELERATEUR} | tr 'A-Z' 'a-z')

| Critère | Conteneur | VM | Rapport | Le cours dit | Verdict | Pourquoi |
| --- | --- | --- | --- | --- | --- | --- |
| Isolation | espaces de noms, même noyau | noyau séparé | - | processus isolés / systèmes complets | confirmé | le boot_id de la VM diffère |
| Noyau | $(uname -r) | @NV@ | - | noyau de l'hôte / son propre noyau | confirmé | un seul boot_id avec l'hôte |
| Démarrage (ms) | $(q @DC@ 0.01) | $(q @DV@ 0.003) | $(awk 'BEGIN { print @DV@ / 3 / (@DC@ / 10) }') | rapide / plus lent | confirmé | la VM démarre un noyau entier |
| Calcul (× hôte) | $(q @C@ @H@) | $(awk 'BEGIN { print @V@ / @H@ }') | $(awk 'BEGIN { print @V@ / @C@ }') | presque natif / légère surcouche | nuancé | tout dépend de l'accélérateur employé |
| Mémoire (Kio) | @MC@ | @MV@ | $(q @MV@ @MC@) | utilisation plus efficace des ressources | confirmé | ni noyau ni QEMU à payer |
| Taille (octets) | @TC@ | @TV@ | 1000 | quelques Mo à centaines de Mo / plusieurs Go | nuancé | notre VM n'a pas d'OS complet |
| Usage | services, tests | code hostile, autre système | - | microservices, CI/CD / isolation forte | confirmé | mes mesures vont dans ce sens |
FIN
