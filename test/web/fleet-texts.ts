import type { MessageId } from '../../src/core/ids.ts'
import type { MailText } from '../../src/web/ports.ts'
import { id } from '../store/samples.ts'

const plain: MailText = { text: '', commitMessage: '', diff: '' }

const pumpDiff = `diff --git a/src/pump.c b/src/pump.c
index 3f1c2aa..9be0d41 100644
--- a/src/pump.c
+++ b/src/pump.c
@@ -41,9 +41,13 @@ static int pump_start(struct pump *p)
 {
 	int level = float_level(p->float_switch);
 
-	if (level < 0)
-		return level;
+	/* A float that cannot be read counts as high: better dry than sunk. */
+	if (level < 0) {
+		log_warn("float switch: %s", strerror(-level));
+		level = FLOAT_HIGH;
+	}
 
 	if (level >= FLOAT_HIGH)
 		relay_close(p->relay);
 	return 0;
 }
diff --git a/test/pump-test.c b/test/pump-test.c
new file mode 100644
index 0000000..1c9e0bb
--- /dev/null
+++ b/test/pump-test.c
@@ -0,0 +1,6 @@
+#include "pump.h"
+
+TEST(starts_without_float)
+{
+	ASSERT(pump_start(&broken_float) == 0);
+}
`

/** The texts of the fleet's mails, as the archive would give them. */
export const bodies = new Map<MessageId, MailText>([
  [
    id('pump-v2-cover'),
    {
      ...plain,
      text: `The pump stays off when the float switch cannot be read, which is how the
Seagull went down. Count an unreadable switch as high water.

Changes since v1:
 - tell the log what was wrong with the switch (Bert)
 - a test

 src/pump.c       | 8 ++++++--
 test/pump-test.c | 6 ++++++
 2 files changed, 12 insertions(+), 2 deletions(-)
`,
    },
  ],
  [
    id('pump-v2-1'),
    {
      ...plain,
      commitMessage: `float_level() fails when the switch is corroded. Until now the pump stayed
off then, whatever the water did.

Signed-off-by: Ada Marsh <ada@example.org>
`,
      diff: pumpDiff,
    },
  ],
  [
    id('pump-v2-2'),
    {
      ...plain,
      commitMessage: 'Signed-off-by: Ada Marsh <ada@example.org>\n',
      diff: `diff --git a/README b/README
index 1111111..2222222 100644
--- a/README
+++ b/README
@@ -1,2 +1,3 @@
 pump
 ====
+Keeps the bilge dry.
`,
    },
  ],
  [
    id('pump-v2-reply'),
    {
      ...plain,
      text: `> float_level() fails when the switch is corroded.

Seen on two boats. Thanks for the log line.

Reviewed-by: Bert Quay <bert@example.org>
`,
    },
  ],
  [
    id('ci-1'),
    {
      ...plain,
      commitMessage: 'Saves four minutes.\n',
      diff: `diff --git a/.github/workflows/check.yml b/.github/workflows/check.yml
index 1111111..2222222 100644
--- a/.github/workflows/check.yml
+++ b/.github/workflows/check.yml
@@ -3,4 +3,6 @@ jobs:
   check:
     runs-on: ubuntu-24.04
     steps:
       - uses: actions/checkout@v4
+      - uses: actions/cache@v4
+        with: { path: ~/.ccache, key: ccache }
`,
    },
  ],
])
