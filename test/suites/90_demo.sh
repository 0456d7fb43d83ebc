# The demo runs to its end.
# needs: build
. "$(dirname "$0")/../tools/lib.sh"

ls "$ROOT"/src/pg/*.c >/dev/null 2>&1 || suite_left_out demo "src/pg has no source"
if "$ROOT/test/tools/demo.sh"; then
	suite_result demo 1 0
else
	suite_result demo 0 1
fi
