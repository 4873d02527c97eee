"""The roster: manifests read and checked, applied as versions, and listed with what their traffic shows."""
