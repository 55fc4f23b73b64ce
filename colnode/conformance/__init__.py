"""What the 1EdTech certifications for Open Badges 3.0 ask, and how this software answers.

Each point of the certification guide is tried on two temporary cities that talk over real HTTP on
this machine (stage.py); a point that cannot be tried says so. Start reading at points.py.
Source: Open Badges 3.0 Conformance and Certification Guide.
"""
