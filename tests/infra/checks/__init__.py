"""What must hold of the infrastructure. Each check takes the repository's root and tells problems.

A problem is one line of text that begins with the file, and no problem is an empty list; so the
same check is held to the real tree and to copies that were broken on purpose.
"""
