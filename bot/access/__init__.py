"""Who may ask, and who may see which folder.

The way of a rule to an answer:

1. `access.toml` in a folder of documents names who may see it and what lies below, up to the next
   such file. Without any, all who may ask see all. A file that cannot be understood lets nobody in
   but admins, and the index report, `openbook status` and `openbook doctor` say so (`rules`).
2. The folders are looked at again when the last look is a second old (longer where a look takes
   long, in some 5,000 folders and more), so a change counts at once and nothing is indexed or
   embedded for it (`folders`).
3. An index run writes the rules that it met into the manifest of the index. Where a rule stands in
   the manifest and its folder has none now, that of the manifest holds: passages of folders that
   were moved, deleted or not mounted stay closed until an index run has settled where they are. So
   a rule that is taken away counts from the next run on, and every other change at once.
4. For each message the rules come to a Scope, by the keys of those who will read the answer: in a
   private chat the asker's and that of the workspace; in a group or channel only its own and that
   of its workspace, whoever asks (`doors`). Admins see all where nobody else reads.
5. The Scope goes with the Question to the search. It is part of the LanceDB query, so that what is
   closed is not among the hits that are counted, and each row that comes back is checked again.
   What is computed from the hits (ranks, evidence) is computed from them alone.
6. An Answer keeps the Scope that it was made in. It is a turn of a conversation, and it is shown
   again, only where all of that Scope may still be seen.
"""
