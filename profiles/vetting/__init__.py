"""The vetting of organizations: cases, their checklists and evidence, and the vetting team's decisions."""
