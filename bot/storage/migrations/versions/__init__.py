"""The revisions. A file that was released is never changed: what comes next is another one."""
