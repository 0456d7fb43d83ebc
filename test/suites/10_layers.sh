# The rules of docs/architecture.md, by machine.
# needs: packages
. "$(dirname "$0")/../tools/lib.sh"

passed=0
failed=0
count()
{
	if [ "$1" -eq 0 ]; then
		passed=$((passed + 1))
		echo "ok     $2"
	else
		failed=$((failed + 1))
		echo "FAILED $2"
	fi
}

rules=$("$ROOT/test/tools/layers.py")
echo "$rules" | sed '$d'
read -r passed failed < <(echo "$rules" | sed -n 's/^layers: \([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p')
[ $((passed + failed)) -gt 0 ] || failed=1

for layer in $(make_variable LAYERS); do
	make -s -j"$JOBS" -C "$ROOT" BUILD_ROOT="$TEST_BUILD" WERROR=-Werror "check-symbols-$layer"
	count $? "src/$layer links with nothing but the layers below it and its libraries"
done
suite_result layers "$passed" "$failed"
