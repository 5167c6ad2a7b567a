# raison: rapport
# Oublie de diviser la durée des conteneurs par leur nombre.
predire dizaine
TIMEFORMAT='duree %R'
time for i in $(seq ${DEPARTS}); do docker run --rm busybox true; done
# lire C: duree ([0-9.]+)$
time for i in $(seq 3); do vm run --rm busybox true; done
# lire V: duree ([0-9.]+)$
awk 'BEGIN { c = @C@; v = @V@ / 3; printf "conteneur = %.5f\nvm = %.4f\nrapport = %.2f\n", c, v, v / c }' > demarrage.txt
