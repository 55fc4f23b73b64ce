"""What `colnode plugin new` writes and what `colnode plugin check` asks of a plugin.

Start reading at check.py: the levels, from bronze to gold, and one module for what each looks at.
Nothing here runs while a city serves, except the job that an admin asks for on a plugin's page.
"""
